// What waits to be committed, on every page.

import { formatTime } from '../../shared/language';
import { Link } from '../route';
import { usePolicy, usePolicyWords } from './context';

export function PendingBar() {
    const { words, language } = usePolicyWords();
    const { state } = usePolicy();
    const pending = state?.pending ?? null;
    return (
        <div class={`pending-bar ${pending ? 'has-pending' : ''}`} role="region" aria-label={words.bar} data-part="pending" data-count={pending?.count ?? 0}>
            <span class="quiet small">
                {pending ? words.bar_by(pending.author, formatTime(pending.time, language)) : state ? `${words.bar_none} · ${words.bar_version(state.version)}` : '\u00a0'}
            </span>
            {pending
                ? <Link to="/portal/policies/commit" class="commit-door" action="commit-door">{words.bar_commit(pending.count)}</Link>
                : <Link to="/portal/policies/commit" class="commit-door idle" action="commit-door">{words.commit}</Link>}
        </div>
    );
}
