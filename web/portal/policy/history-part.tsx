// Every commit with its author, what it changed, and the way back to it.

import { useState } from 'preact/hooks';
import { formatTime } from '../../shared/language';
import { Notice } from '../../shared/parts';
import { waiting } from '../../shared/use-call';
import type { Commit } from './api';
import { CommitChanges } from './changes-part';
import { commit_words } from './commit-words';
import { EditNotices, policy, useEdit, useLoaded, usePolicy, usePolicyWords } from './context';
import { LoadNotices, SureButton } from './parts';

const page_size = 10;

export function HistoryPart() {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { state } = usePolicy();
    const editor = useEdit(state?.edition);
    const [older, append] = useState<{ commits: Commit[]; next: number | null } | null>(null);
    const [shown, show] = useState<number | null>(null);
    const { data, problem } = useLoaded(() => policy.history(undefined, page_size), []);
    const [gone_back, tell] = useState<number | null>(null);

    async function rollBack(version: number) {
        tell(null);
        const answer = await editor.run((edition) => policy.rollback(edition, version));
        if (answer) tell(answer.version);
    }

    const first = data?.commits ?? [];
    const commits = [...first, ...(older?.commits ?? []).filter((one) => !first.some((other) => other.version === one.version))];
    const next = older ? older.next : data?.next;
    async function showMore() {
        const page = await editor.run(() => policy.history(next ?? undefined, page_size));
        // With those of the first page: a commit of now would push the last of them out of it.
        if (page) append({ commits: [...commits, ...page.commits], next: page.next });
    }

    const kind = editor.problem?.kind;
    return (
        <article data-part="history">
            <h2>{own.history}</h2>
            {kind === 'something-staged' || kind === 'nothing-to-do'
                ? <Notice kind="bad"><p>{kind === 'something-staged' ? own.something_staged : own.nothing_to_do}</p></Notice>
                : <EditNotices editor={editor} />}
            {gone_back !== null && <Notice kind="good"><p>{own.committed(gone_back)}</p></Notice>}
            <LoadNotices data={data} problem={problem} />
            {data && (
                <table class="cards plain-table">
                    <thead><tr><th scope="col">{own.version}</th><th scope="col">{own.when}</th><th scope="col">{own.who}</th><th scope="col">{own.what}</th><th scope="col"><span class="hidden-label">{own.show}</span></th></tr></thead>
                    {commits.map((one) => (
                        <CommitRow key={one.version} commit={one} is_live={one.version === state?.version} is_shown={shown === one.version} busy={editor.busy}
                            toggle={() => show(shown === one.version ? null : one.version)} rollBack={() => void rollBack(one.version)} />
                    ))}
                </table>
            )}
            {next != null && <button type="button" class="compact outline" {...waiting(editor.busy)} data-action="more-history" onClick={() => void showMore()}>{own.more}</button>}
        </article>
    );
}

function CommitRow(props: { commit: Commit; is_live: boolean; is_shown: boolean; busy: boolean; toggle(): void; rollBack(): void }) {
    const { language } = usePolicyWords();
    const own = commit_words[language];
    const { version, time, author, comment } = props.commit;
    return (
        <tbody data-version={version}>
            <tr>
                <td data-label={own.version}><span>{version} {props.is_live && <span class="badge good">{own.live}</span>}</span></td>
                <td data-label={own.when}>{formatTime(time, language)}</td>
                <td data-label={own.who}>{author}</td>
                <td data-label={own.what}>{comment}</td>
                <td class="whole">
                    <span class="row">
                        <button type="button" class="plain small" aria-expanded={props.is_shown} aria-label={props.is_shown ? own.hide : own.show_of(version)} data-action="show-version" onClick={props.toggle}>{props.is_shown ? own.hide : own.show}</button>
                        {!props.is_live && <SureButton plain label={own.rollback} question={own.rollback_sure(version)} yes={own.rollback_yes} action={`rollback-${version}`} busy={props.busy} run={props.rollBack} />}
                    </span>
                </td>
            </tr>
            {props.is_shown && <tr><td colSpan={5} class="whole"><CommitChanges version={version} /></td></tr>}
        </tbody>
    );
}
