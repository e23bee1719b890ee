// The reader: one application for every door. /open is the drop door, /open/{ref} an envelope, /security the person's own place.

import { useEffect } from 'preact/hooks';
import { PageFrame } from '../shared/parts';
import { useReader } from './context';
import { DropDoor } from './drop-door';
import { OpenPage } from './open-page';
import { SecurityPage } from './security-page';

export function refOf(path: string): string | null {
    const match = /^\/open\/([A-Za-z0-9_-]{1,64})\/?$/.exec(path);
    return match?.[1] ?? null;
}

export function Reader(props: { path: string }) {
    const { words, security } = useReader();
    const ref = refOf(props.path);
    const is_security = props.path === '/security';
    useEffect(() => {
        if (!ref) document.title = is_security ? security.title : words.drop_title;
    }, [words]);
    return (
        <PageFrame name={words.product} detail={words.product_detail} foot={words.foot}>
            {is_security ? <SecurityPage /> : ref ? <OpenPage envelope={ref} /> : <DropDoor />}
        </PageFrame>
    );
}
