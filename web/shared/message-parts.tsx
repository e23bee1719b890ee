// How the reader and the demo's inbox show the body and the attachments of a parsed message.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatSize } from './language';
import { attachmentsOf, composeFrame, fillFrame, frame_sandbox, plainTextOf, textOf } from './mail/frame';
import type { Message, MessageFile } from './mail/parse';
import { hasUnreadText } from './mail/unread';
import { saveBytes } from './mail/save';
import { Notice } from './parts';
import { useTongue } from './tongue';

export function MessageBody(props: { message: Message }) {
    const { shared } = useTongue();
    const { message } = props;
    const [as_text, choose] = useState(message.html === null);
    const plain = useMemo(() => (as_text ? plainTextOf(message) : null), [as_text, message]);
    return (
        <section aria-label={shared.message_body}>
            {hasUnreadText(message) ? <Notice kind="warn"><p data-part="unread">{shared.unread_text}</p></Notice>
                : as_text || message.html === null ? <PlainBody text={plain} /> : <FramedBody message={message} />}
            {message.html !== null && (
                <p class="screen-only"><button type="button" class="plain small" onClick={() => choose(!as_text)}>{as_text ? shared.show_html : shared.show_text}</button></p>
            )}
        </section>
    );
}

function PlainBody(props: { text: string | null }) {
    const { shared } = useTongue();
    const text = props.text?.trimEnd();
    return text ? <div class="message-text" data-part="text" dir="auto" tabIndex={0}>{text}</div> : <p class="quiet">{shared.no_text}</p>;
}

// The frame's origin is opaque, so its height cannot be asked for; this much text fits a low one.
const short_html = 800;

function FramedBody(props: { message: Message }) {
    const { shared } = useTongue();
    const own = useRef<HTMLIFrameElement>(null);
    const composed = useMemo(() => composeFrame(props.message), [props.message]);
    useLayoutEffect(() => {
        if (own.current) fillFrame(own.current, composed.document);
    }, [composed]);
    return (
        <>
            {composed.has_remote_content && <Notice kind="info"><p class="small">{shared.remote_blocked}</p></Notice>}
            <iframe ref={own} class={`message-frame ${(props.message.html ?? '').length < short_html ? 'short' : ''}`} sandbox={frame_sandbox} title={shared.message_body} data-part="html" />
            <PrintedBody html={props.message.html ?? ''} />
        </>
    );
}

/** On paper the text stands in the place of the frame, whose height nobody can ask for: a part of the message would be all that is printed. */
function PrintedBody(props: { html: string }) {
    const { shared } = useTongue();
    const own = useRef<HTMLDivElement>(null);
    useEffect(() => {
        const fill = () => {
            if (own.current) own.current.textContent = textOf(props.html);
        };
        addEventListener('beforeprint', fill);
        return () => removeEventListener('beforeprint', fill);
    }, [props.html]);
    return (
        <div class="print-only" data-part="printed">
            <p class="quiet small">{shared.printed_plain}</p>
            <div ref={own} class="message-text" dir="auto" />
        </div>
    );
}

export function AttachmentList(props: { message: Message; extra?: (file: MessageFile) => preact.ComponentChildren }) {
    const { shared, language } = useTongue();
    const files = useMemo(() => attachmentsOf(props.message), [props.message]);
    if (files.length === 0) return null;
    return (
        <section aria-labelledby="attachments">
            <h2 id="attachments">{shared.attachments}</h2>
            <ul class="files">
                {files.map((file, index) => (
                    <li key={index} data-file={file.name}>
                        <span class="file"><bdi>{file.name}</bdi> <span class="quiet small">{formatSize(file.bytes.length, language)}</span></span>
                        {props.extra?.(file)}
                        <button type="button" class="compact outline" onClick={() => saveBytes(file.bytes, file.name)}
                            aria-label={`${shared.download}: ${file.name}`}>{shared.download}</button>
                    </li>
                ))}
            </ul>
        </section>
    );
}
