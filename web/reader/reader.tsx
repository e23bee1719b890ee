// The reader: one application for every door. /open is the drop door, /open/{ref} an envelope, /security the person's own place,
// /compose a message that they begin, /sent what they have sent.

import { useEffect } from 'preact/hooks';
import { PageFrame } from '../shared/parts';
import { ComposePage } from './compose-page';
import { useReader } from './context';
import { recipientOf } from './correspondents';
import { DropDoor } from './drop-door';
import { OpenPage, Unknown } from './open-page';
import { SecurityPage } from './security-page';
import { SentPage } from './sent-page';

export type Door = { at: 'drop' } | { at: 'security' } | { at: 'compose' } | { at: 'sent' } | { at: 'envelope'; ref: string } | { at: 'unknown' };

/** Programs and people glue to a link what stands behind it in a sentence. */
const glued = /[.,;:!?)>\]}'"»”’]+$/;

export function doorOf(path: string): Door {
    if (path === '/security') return { at: 'security' };
    if (path === '/sent') return { at: 'sent' };
    if (path === '/compose') return { at: 'compose' };
    const ref = /^\/open\/(.+?)\/?$/.exec(path)?.[1];
    if (ref === undefined) return { at: 'drop' };
    const clean = decode(ref).replace(glued, '');
    return /^[A-Za-z0-9_-]{1,64}$/.test(clean) ? { at: 'envelope', ref: clean } : { at: 'unknown' };
}

function decode(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

export function Reader(props: { path: string; query: string }) {
    const { words, security, composing, sent } = useReader();
    const door = doorOf(props.path);
    useEffect(() => {
        const titles = { security: security.title, compose: composing.title, sent: sent.title, unknown: words.title, drop: words.drop_title };
        if (door.at !== 'envelope') document.title = titles[door.at];
    }, [words]);
    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={words.foot} wide={door.at === 'sent'}>
            {door.at === 'security' && <SecurityPage />}
            {door.at === 'sent' && <SentPage />}
            {door.at === 'compose' && <ComposePage to={recipientOf(props.query)} />}
            {door.at === 'envelope' && <OpenPage envelope={door.ref} />}
            {door.at === 'unknown' && <Unknown />}
            {door.at === 'drop' && <DropDoor />}
        </PageFrame>
    );
}
