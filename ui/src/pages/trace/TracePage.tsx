// One kept trace: the address has its id.
import { useParams } from 'react-router';
import { LoadedTrace } from './LoadedTrace.tsx';

export function TracePage() {
  const { id = '' } = useParams();
  return <LoadedTrace id={id} />;
}
