import { useMutation, useQueryClient } from '@tanstack/react-query';
import { tellDone, tellProblem } from './ProblemAlert';

/** Sends a change, says how it went, and asks again for what it changed. */
export function useSend<T, R = unknown>(send: (input: T) => Promise<R>, options: { done?: string | ((input: T) => string); refresh?: string[]; onDone?: (result: R, input: T) => void; quiet?: boolean } = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: (result, input) => {
      for (const key of options.refresh ?? []) void client.invalidateQueries({ queryKey: [key] });
      if (options.done) tellDone(typeof options.done === 'function' ? options.done(input) : options.done);
      options.onDone?.(result, input);
    },
    onError: (error) => {
      if (!options.quiet) tellProblem(error);
    },
  });
}
