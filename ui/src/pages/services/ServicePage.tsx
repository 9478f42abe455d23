// One service: when it changed, which operation, whose fault, and traces that show it.
import { Link, useParams } from 'react-router';
import { useService } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';
import { Waiting } from '../../parts/Waiting.tsx';
import { useText } from '../../parts/language.tsx';
import { rangeKeys, useRange } from '../../parts/use-range.ts';
import { useTitle } from '../../parts/use-title.ts';
import { formatClock } from '../../trace/format.ts';
import { type ServiceAnswer, changeOf, errorShare, riseOf } from '../../trace/load.ts';
import { EMPTY_QUESTION, writeQuestion } from '../../trace/question.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import { EdgeTable } from '../../parts/EdgeTable.tsx';
import { CompareMenu } from './CompareMenu.tsx';
import { ExampleList } from './ExampleList.tsx';
import { LoadCharts } from './LoadCharts.tsx';
import { OperationTable } from './OperationTable.tsx';
import styles from './ServicePage.module.css';

export function ServicePage() {
  const { name = '' } = useParams();
  const { t } = useText();
  const [range, chooseRange] = useRange();
  const answer = useService(name, range);
  const { data } = answer;
  useTitle(name);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Link className={styles.back} to={`/services${rangeKeys(range)}`}>
          <Icon name="left" /> {t('frame.services')}
        </Link>
        <h1>
          <ServiceName name={name} />
        </h1>
        {data && <Since answer={data} />}
        <span className={styles.space} />
        <Link
          className="button"
          to={`/?${writeQuestion({ ...EMPTY_QUESTION, service: name, range })}`}
        >
          <Icon name="search" /> {t('service.traces')}
        </Link>
        <Link
          className="button"
          to={`/dependencies?${new URLSearchParams({ focus: name })}${rangeKeys(range).replace('?', '&')}`}
        >
          {t('frame.dependencies')}
        </Link>
        <CompareMenu name={name} range={range} />
        <TimePicker range={range} onChoose={chooseRange} />
      </header>
      {answer.error && <FailedQuery error={answer.error} onRetry={() => void answer.refetch()} />}
      {data?.truncated && (
        <Banner tone="warn" lead={t('load.cut.lead')} text={t('load.cut.text')} />
      )}
      {!data && !answer.error && (
        <Waiting label="services.loading" boxes={3} className={styles.waiting} />
      )}
      {data && <ServiceDesk answer={data} name={name} range={range} />}
    </div>
  );
}

interface ServiceDeskProps {
  answer: ServiceAnswer;
  name: string;
  range: TimeRange;
}

function ServiceDesk({ answer, name, range }: ServiceDeskProps) {
  const { t } = useText();
  const { operations, edgesIn, edgesOut, searched } = answer;
  if (answer.service.requests === 0 && operations.length === 0) {
    return (
      <p className={styles.empty} role="status">
        <b>{t('service.none')}</b> {t('services.none.text')}
      </p>
    );
  }
  return (
    <PanelGuard>
      <LoadCharts answer={answer} />
      <div className={styles.middle}>
        <OperationTable answer={answer} name={name} range={range} />
        <section className={styles.card}>
          <EdgeTable
            title={t('service.called.by')}
            edges={edgesIn}
            end="caller"
            searched={searched}
            range={range}
          />
          <EdgeTable
            title={t('service.calls')}
            edges={edgesOut}
            end="callee"
            searched={searched}
            range={range}
          />
        </section>
      </div>
      <div className={styles.examples}>
        <ExampleList which="slow" answer={answer} name={name} range={range} />
        <ExampleList which="failing" answer={answer} name={name} range={range} />
      </div>
    </PanelGuard>
  );
}

/** The change and the time it began, where there is one. */
function Since({ answer }: { answer: ServiceAnswer }) {
  const { t } = useText();
  const { service } = answer;
  const change = changeOf(service);
  const failingSince = riseOf(service.series, (point) =>
    point.requests > 0 ? errorShare(point) : null,
  );
  if (errorShare(service) >= 0.01 && failingSince !== null && service.errors >= 3) {
    return (
      <span className="badge error">
        {t('service.errors.since', { time: formatClock(failingSince, 'minutes') })}
      </span>
    );
  }
  const slowerSince = riseOf(service.series, (point) => point.p99);
  if (slowerSince !== null && change !== 'few') {
    return (
      <span className="badge warn">
        {t('service.slower.since', { time: formatClock(slowerSince, 'minutes') })}
      </span>
    );
  }
  return null;
}
