// The six numbers of a server: what comes in, what is kept, how far back, how much room.
import type { ReactNode } from 'react';
import { useText } from '../../parts/language.tsx';
import { formatAgo, formatClock, formatCompact, formatDate } from '../../trace/format.ts';
import { formatBytes, formatRate } from '../../trace/quantity.ts';
import type { ServerStatus } from '../../trace/senders.ts';
import styles from './StatusPage.module.css';
import { type Look, useIngestRate } from './use-ingest-rate.ts';

export function StatusTiles({ latest, now }: { latest: Look; now: number }) {
  const { t, language, count, duration } = useText();
  const { status } = latest;
  const { store } = status;
  const rate = useIngestRate(latest);
  const started = `${formatDate(status.startedMillis, language, now)} ${formatClock(status.startedMillis, 'minutes')}`;
  return (
    <dl className={styles.tiles}>
      <Tile
        name={t('status.tile.rate')}
        value={formatRate(rate.perSecond, language)}
        note={
          rate.overMillis === null
            ? t('status.tile.rate.average')
            : t('status.tile.rate.note', {
                duration: duration(Math.round(rate.overMillis / 1000) * 1e9),
              })
        }
      />
      <Tile
        name={t('status.tile.kept')}
        value={
          <span title={count(store.spansWritten)}>
            {formatCompact(store.spansWritten, language)}
          </span>
        }
        note={t('status.tile.kept.note', { ago: formatAgo(status.startedMillis, now, language) })}
      />
      <DiskTile status={status} />
      <Tile
        name={t('status.tile.oldest')}
        value={
          store.oldestMillis === null
            ? t('status.tile.oldest.none')
            : formatAgo(store.oldestMillis, now, language)
        }
        note={
          status.retentionMillis === null
            ? ''
            : status.retentionMillis % DAY === 0
              ? t('status.tile.oldest.days', { count: status.retentionMillis / DAY })
              : t('status.tile.oldest.note', { duration: duration(status.retentionMillis * 1e6) })
        }
      />
      <Tile
        name={t('status.tile.memory')}
        value={formatBytes(status.ingest.memoryBytes, language)}
        note={t('status.tile.memory.note')}
      />
      <Tile
        name={t('status.tile.version')}
        value={<span translate="no">{status.version}</span>}
        note={t('status.tile.version.note', { when: started })}
      />
    </dl>
  );
}

function DiskTile({ status }: { status: ServerStatus }) {
  const { t, language } = useText();
  const { diskBytes } = status.store;
  const limit = status.diskBytesMax;
  return (
    <Tile
      name={t('status.tile.disk')}
      value={diskBytes === null ? '–' : formatBytes(diskBytes, language)}
      note={
        diskBytes === null
          ? t('status.tile.disk.none')
          : limit === null
            ? t('status.tile.disk.free')
            : t('status.tile.disk.of', { limit: formatBytes(limit, language) })
      }
    >
      {diskBytes !== null && limit !== null && (
        <progress className={styles.gauge} value={diskBytes} max={limit} aria-hidden="true" />
      )}
    </Tile>
  );
}

function Tile(props: { name: string; value: ReactNode; note: string; children?: ReactNode }) {
  return (
    <div className={styles.tile}>
      <dt>{props.name}</dt>
      <dd>
        <b className="num">{props.value}</b>
        {props.children}
        <small>{props.note}</small>
      </dd>
    </div>
  );
}

const DAY = 86_400_000;
