// The shape and colour of a service, always beside its name.
import { type Shape, serviceClass, serviceMark } from '../trace/service-colour.ts';

export function ServiceMark({ name }: { name: string | null }) {
  const shape: Shape = name ? serviceMark(name).shape : 'circle';
  return (
    <svg
      className={`mark ${serviceClass(name)}`}
      viewBox="0 0 10 10"
      width="10"
      height="10"
      aria-hidden="true"
    >
      {shape === 'circle' && <circle cx="5" cy="5" r="4.3" />}
      {shape === 'square' && <rect x="1" y="1" width="8" height="8" rx="1.2" />}
      {shape === 'diamond' && <path d="M5 0.3 9.7 5 5 9.7 0.3 5Z" />}
      {shape === 'triangle' && <path d="M5 0.8 9.7 9.2H0.3Z" />}
    </svg>
  );
}
