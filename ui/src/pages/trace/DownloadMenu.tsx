// Taking a trace away in each format, where it is of a file: the server translates it once more.
import { loadRaw } from '../../api/raw.ts';
import { Menu } from '../../parts/Menu.tsx';
import { useText } from '../../parts/language.tsx';
import { saveText } from '../../parts/save-text.ts';
import { useToast } from '../../parts/toast.tsx';
import { RAW_FORMATS, RAW_NAMES, type RawFormat } from '../../trace/raw.ts';
import { type ViewedFile, savedName } from '../../trace/viewed-file.ts';

export function DownloadMenu({ file, traceId }: { file: ViewedFile; traceId: string }) {
  const { t } = useText();
  const tell = useToast();
  const save = async (format: RawFormat) => {
    try {
      saveText(await loadRaw(traceId, format, file), savedName(file.name, format));
    } catch (error) {
      tell(t('view.save.failed', { reason: error instanceof Error ? error.message : '' }));
    }
  };
  return (
    <Menu label={t('view.save')}>
      {(close) =>
        RAW_FORMATS.map((format) => (
          <button
            key={format}
            type="button"
            className="menuRow"
            onClick={() => {
              close();
              void save(format);
            }}
          >
            {t('raw.download', { format: RAW_NAMES[format] })}
          </button>
        ))
      }
    </Menu>
  );
}
