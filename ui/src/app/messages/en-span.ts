// The words of the span panel beyond a span's own facts, and of finding in a trace whose spans are elsewhere.

export const span = {
  'panel.loading': 'Loading the span',
  'panel.failed': 'The span could not be loaded. {why}',
  'panel.logs': 'Logs of this span',
  'panel.exclude': 'Search traces where {key} is not this',
  'trace.tools': 'Find and filter',
  'trace.find.searching': 'searching',
};
