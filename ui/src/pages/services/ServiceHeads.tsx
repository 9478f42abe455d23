// The heads of the columns; those that sort are buttons and say so.
import type { ReactNode } from 'react';
import table from '../../parts/DataTable.module.css';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import type { LoadSort } from '../../trace/load.ts';
import styles from './ServicesPage.module.css';

interface ServiceHeadsProps {
  sort: LoadSort;
  onSort: (sort: LoadSort) => void;
}

export function ServiceHeads({ sort, onSort }: ServiceHeadsProps) {
  const { t } = useText();
  const head = (by: LoadSort, words: ReactNode, className = '') => (
    <th
      scope="col"
      className={className}
      aria-sort={sort === by ? (by === 'name' ? 'ascending' : 'descending') : undefined}
    >
      <button type="button" className={styles.sorter} onClick={() => onSort(by)}>
        {words}
        {sort === by && <Icon name="down" />}
      </button>
    </th>
  );
  return (
    <thead>
      <tr>
        {head('name', t('load.service'))}
        {head('change', t('load.change'), styles.change)}
        {head('rate', t('load.rate'), table.right)}
        <td className={styles.spark} />
        {head('errors', t('load.errors'), table.right)}
        <td className={styles.was} />
        <td className={styles.spark} />
        <th scope="col" className={`${table.right} ${styles.median}`}>
          p50
        </th>
        {head('p99', 'p99', table.right)}
        <td className={styles.spark} />
      </tr>
    </thead>
  );
}
