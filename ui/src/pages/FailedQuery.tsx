// Why a question to the server has no answer, from the error that the api threw.
import { ApiError } from '../api/http.ts';
import { FailureNote } from '../parts/FailureNote.tsx';

export function FailedQuery({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <FailureNote
      failure={error instanceof ApiError ? error.failure : 'broken'}
      detail={
        error instanceof ApiError ? [error.message, error.hint].filter(Boolean).join('. ') : ''
      }
      onRetry={onRetry}
    />
  );
}
