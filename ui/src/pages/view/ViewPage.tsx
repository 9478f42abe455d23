// A file of spans: chosen, dropped or pasted, told by the server, stored by nobody.
import { useSearchParams } from 'react-router';
import { useViewed } from '../../api/viewed.ts';
import { FileContext, type OpenFile } from '../trace/file-context.ts';
import { LoadedTrace } from '../trace/LoadedTrace.tsx';
import { FileBar } from './FileBar.tsx';
import { FileChooser } from './FileChooser.tsx';
import { FileTraces } from './FileTraces.tsx';
import styles from './ViewPage.module.css';

export function ViewPage() {
  const viewed = useViewed();
  const [address] = useSearchParams();
  const asked = address.get('file');
  if (viewed.stage === 'open' && (asked === null || asked === viewed.file.name))
    return <Shown key={viewed.file.key} open={viewed} trace={address.get('trace')} />;
  return <FileChooser viewed={viewed} asked={asked} />;
}

/** A file of one trace is that trace. */
function Shown({ open, trace }: { open: OpenFile; trace: string | null }) {
  const { traces, traceCount, truncated } = open.content;
  const asked = traceCount === 1 ? traces[0]?.traceId : trace;
  const known = asked && (truncated || traces.some(({ traceId }) => traceId === asked));
  return (
    <FileContext value={open}>
      <div className={styles.open}>
        <FileBar open={open} several={traceCount > 1 && Boolean(known)} />
        <div className={styles.shown}>
          {known ? <LoadedTrace key={asked} id={asked} /> : <FileTraces open={open} />}
        </div>
      </div>
    </FileContext>
  );
}
