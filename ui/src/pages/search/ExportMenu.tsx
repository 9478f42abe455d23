// The listed traces as a file.
import { addressOf } from '../../api/http.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Menu } from '../../parts/Menu.tsx';
import { useText } from '../../parts/language.tsx';
import {
  EXPORTS,
  type ExportFormat,
  MEDIA_TYPES,
  exportName,
  exportText,
} from '../../trace/export.ts';
import type { TraceSummary } from '../../trace/summary.ts';

export function ExportMenu({ traces }: { traces: readonly TraceSummary[] }) {
  const { t } = useText();
  return (
    <Menu
      label={
        <>
          <Icon name="download" />
          {t('export.label')}
        </>
      }
    >
      {(close) =>
        EXPORTS.map((format) => (
          <button
            key={format}
            type="button"
            className="menuRow"
            onClick={() => {
              save(traces, format);
              close();
            }}
          >
            {t(`export.${format}`, { count: traces.length })}
          </button>
        ))
      }
    </Menu>
  );
}

function save(traces: readonly TraceSummary[], format: ExportFormat): void {
  const text = exportText(traces, format, addressOf('traces/'));
  const file = URL.createObjectURL(new Blob([text], { type: MEDIA_TYPES[format] }));
  const link = document.createElement('a');
  link.href = file;
  link.download = exportName(format, Date.now());
  link.click();
  // The browser has taken what it needs by the next turn.
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
}
