// Signed in, and unknown again with the next call: the browser keeps no cookie of ours, so that one code after the other is of no use.

import { Notice } from '../shared/parts';
import { useReader } from './context';

export function NoCookie() {
    const { words, shared } = useReader();
    return (
        <Notice kind="bad" focus title={words.no_cookie_title}>
            <p data-part="no-cookie">{words.no_cookie(location.host)}</p>
            <p><button type="button" class="compact" onClick={() => location.reload()}>{shared.retry}</button></p>
        </Notice>
    );
}
