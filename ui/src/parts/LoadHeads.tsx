// The heads of columns of a load's numbers, to the right as their numbers are.
import table from './DataTable.module.css';
import { useText } from './language.tsx';

interface LoadHeadsProps {
  columns: readonly ('rate' | 'errors' | 'p50' | 'p99')[];
}

export function LoadHeads({ columns }: LoadHeadsProps) {
  const { t } = useText();
  const words = { rate: t('load.rate'), errors: t('load.errors'), p50: 'p50', p99: 'p99' };
  return columns.map((column) => (
    <th key={column} scope="col" className={table.right}>
      {words[column]}
    </th>
  ));
}
