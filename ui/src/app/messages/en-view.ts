// The words of looking at files in English.

export const view = {
  'frame.view': 'Look at a file',
  'view.title': 'Look at a trace file',
  'view.text':
    'The spans of a file are shown as a kept trace is, with every view. The server reads the file for you and stores nothing of it.',
  'view.drop': 'Drop a JSON file anywhere on this page',
  'view.choose': 'Choose a file',
  'view.accepts':
    'Zipkin (v1 and v2), OTLP, also one request a line as the Collector writes it, Jaeger, and what Hopline downloads. Packed with gzip too. Recognised by what is in it, whatever its name.',
  'view.paste': 'Or paste the JSON',
  'view.paste.show': 'Show the pasted trace',
  'view.pasted': 'pasted text',
  'view.over': 'Drop to look at it. Nothing is stored.',
  'view.stage.reading': 'Reading {name}',
  'view.stage.sending': 'Sending {name}',
  'view.stage.waiting': 'The server lays out {name}',
  'view.cancel': 'Cancel',
  'view.failed': '{name} cannot be shown.',
  'view.large': '{name} is too large.',
  'view.large.text':
    'It has {size}; this server looks at up to {limit}. Keep fewer traces in it, or start the server with a larger --body-inflated-max.',
  'view.large.packed':
    'Packed it has {size}; this server takes up to {limit}. Keep fewer traces in it, or start the server with a larger --body-max.',
  'view.gone': '{name} is not open.',
  'view.gone.text':
    'A file is in the memory of one page only. Choose it again, and this address shows the same view of it.',
  'view.bar': 'The file',
  'view.bar.lead': 'From a file. Not stored.',
  'view.bar.what': '{format}, {count, plural, one {# span} other {# spans}}',
  'view.all': 'All {count} traces',
  'view.close': 'Close the file',
  'view.save': 'Download',
  'view.save.failed': 'It could not be translated: {reason}',
  'view.refused':
    '{count, plural, one {# span of the file is} other {# spans of the file are}} not shown.',
  'view.traces': '{count, plural, one {# trace} other {# traces}} in the file',
  'view.root': 'Trace',
  'view.duration': 'Duration',
  'view.listed': 'the newest {count} are listed',
} as const;
