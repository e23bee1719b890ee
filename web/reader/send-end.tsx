// The end of a form that sends a message: what went wrong, how far it has come, and the buttons.

import { Notice } from '../shared/parts';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { mayLeave } from '../shared/unsaved';
import { UploadProgress } from '../shared/upload';
import { waiting } from '../shared/use-call';
import { useReader } from './context';
import type { Sending } from './use-sending';

export function SendEnd(props: { sending: Sending; is_too_large: boolean; has_files: boolean; cancel(): void }) {
    const { words, shared } = useReader();
    const { busy, problem, upload } = props.sending;

    function describe(found: Problem): string {
        if (found.kind === 'no-right') return words.no_right;
        if (found.kind === 'no-cookie') return words.no_cookie(location.host);
        if (found.kind === 'too-large') return props.has_files ? words.reply_too_large : words.text_long;
        if (found.kind === 'given-up') return words.sending_stopped;
        return found.kind === 'perhaps-sent' ? words.perhaps_sent : describeProblem(found, shared);
    }

    function cancel() {
        if (mayLeave(shared.discard)) props.cancel();
    }

    return (
        <>
            {props.is_too_large && <Notice kind="bad"><p>{words.reply_too_large}</p></Notice>}
            {problem && <Notice kind={problem.kind === 'given-up' ? 'info' : 'bad'}><p>{describe(problem)}</p></Notice>}
            {busy && <UploadProgress text={words.sending_reply} upload={upload} />}
            <div class="row">
                <button type="submit" {...waiting(busy)} data-action="send">{words.send}</button>
                <button type="button" class="outline secondary" {...waiting(busy)} onClick={cancel}>{shared.cancel}</button>
            </div>
        </>
    );
}
