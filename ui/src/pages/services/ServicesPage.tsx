// Who is unwell: every service with rate, errors and latencies, those that changed first.
import { useSearchParams } from 'react-router';
import { useServiceList } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import table from '../../parts/DataTable.module.css';
import { FindField } from '../../parts/FindField.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';
import { Waiting } from '../../parts/Waiting.tsx';
import { useText } from '../../parts/language.tsx';
import { useRange } from '../../parts/use-range.ts';
import { useTitle } from '../../parts/use-title.ts';
import { formatClock } from '../../trace/format.ts';
import { LOAD_SORTS, type LoadSort, changeOf, sortServices } from '../../trace/load.ts';
import { ServiceHeads } from './ServiceHeads.tsx';
import { ServiceRow } from './ServiceRow.tsx';
import styles from './ServicesPage.module.css';

export function ServicesPage() {
  const { t } = useText();
  const [range, chooseRange] = useRange();
  const [address, setAddress] = useSearchParams();
  const list = useServiceList(range);
  const { data } = list;
  useTitle(t('frame.services'));
  const find = address.get('find') ?? '';
  const sort = LOAD_SORTS.find((sort) => sort === address.get('sort')) ?? 'change';
  const set = (key: string, value: string) =>
    setAddress(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(key);
        else next.set(key, value);
        return next;
      },
      { replace: true },
    );
  const all = data?.services ?? [];
  const wanted = find.trim().toLowerCase();
  const shown = sortServices(all, sort).filter(({ service }) =>
    service.toLowerCase().includes(wanted),
  );
  const count = (what: string) => all.filter((service) => changeOf(service) === what).length;
  const [failing, slower] = [count('failing'), count('slower')];
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{data ? t('services.count', { count: all.length }) : t('frame.services')}</h1>
        <p role="status" className={styles.verdict}>
          {failing > 0 && <b className="bad">{t('services.failing', { count: failing })}</b>}
          {slower > 0 && <b className="slower">{t('services.slower', { count: slower })}</b>}
          {data && all.length > 0 && (
            <span>{t(failing + slower > 0 ? 'services.than.before' : 'services.steady')}</span>
          )}
        </p>
        <FindField label={t('services.find')} start={find} onText={(text) => set('find', text)} />
        <TimePicker range={range} onChoose={chooseRange} />
      </header>
      {list.error && <FailedQuery error={list.error} onRetry={() => void list.refetch()} />}
      {data?.truncated && (
        <Banner tone="warn" lead={t('load.cut.lead')} text={t('load.cut.text')} />
      )}
      {!data && !list.error && (
        <Waiting label="services.loading" boxes={10} className={styles.waiting} />
      )}
      {data && shown.length === 0 && (
        <p className={styles.empty} role="status">
          <b>{t(all.length > 0 ? 'services.none.found' : 'services.none')}</b>{' '}
          {all.length === 0 && t('services.none.text')}
        </p>
      )}
      {data && shown.length > 0 && (
        <>
          <table className={`${table.table} ${styles.table}`}>
            <ServiceHeads sort={sort} onSort={(sort: LoadSort) => set('sort', sort)} />
            <tbody>
              {shown.map((service) => (
                <ServiceRow
                  key={service.service}
                  service={service}
                  searched={data.searched}
                  range={range}
                />
              ))}
            </tbody>
          </table>
          <p className={styles.foot}>
            {t('services.foot', {
              from: formatClock(data.searched.from, 'minutes'),
              to: formatClock(data.searched.to, 'minutes'),
            })}
          </p>
        </>
      )}
    </div>
  );
}
