// Small parts that every page uses: frame of the page, notices, headings that take the focus.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Language } from './language';
import type { Problem } from './problem';
import { describeProblem, useTongue } from './tongue';
import seal from './seal.svg';

export function PageFrame(props: { name: string; detail: string; wide?: boolean; tools?: ComponentChildren; foot: string; children: ComponentChildren }) {
    const { shared } = useTongue();
    return (
        <div class={props.wide ? 'wide' : 'narrow'}>
            <a class="skip" href="#content">{shared.skip}</a>
            <header class="top">
                <div>
                    <img src={seal} alt="" width="32" height="32" />
                    <div class="name">{props.name}<small>{props.detail}</small></div>
                    {props.tools}
                    <LanguageSwitch />
                </div>
            </header>
            <main class="page" id="content" tabIndex={-1}>{props.children}</main>
            <footer class="foot"><div><p>{props.foot}</p></div></footer>
        </div>
    );
}

const language_names: Record<Language, string> = { en: 'English', fr: 'Français' };

function LanguageSwitch() {
    const { language, choose, shared } = useTongue();
    return (
        <div class="languages" role="group" aria-label={shared.language}>
            {(['en', 'fr'] as const).map((tag) => (
                <button key={tag} type="button" lang={tag} aria-pressed={language === tag} aria-label={language_names[tag]}
                    data-language={tag} onClick={() => choose(tag)}>{tag.toUpperCase()}</button>
            ))}
        </div>
    );
}

/** Of what takes the focus when it appears, where it `is_wanted`. */
export function useFocus<T extends HTMLElement>(is_wanted: boolean) {
    const own = useRef<T>(null);
    // At once, not after the next frame: by then the person may be typing elsewhere.
    useLayoutEffect(() => {
        if (is_wanted) own.current?.focus();
    }, []);
    return own;
}

/** The first sentence of what takes the place of a button, and with it the focus. */
export function Told(props: { text: string }) {
    const own = useFocus<HTMLSpanElement>(true);
    return <span ref={own} tabIndex={-1} class="told">{props.text}</span>;
}

/** A heading that takes the focus when it appears, so that a screen reader tells what is new. */
export function Heading(props: { level?: 1 | 2; focus?: boolean; dir?: 'auto'; children: ComponentChildren }) {
    const own = useFocus<HTMLHeadingElement>(props.focus === true);
    return props.level === 2
        ? <h2 ref={own} tabIndex={-1}>{props.children}</h2>
        : <h1 ref={own} tabIndex={-1} dir={props.dir}>{props.children}</h1>;
}

export type NoticeKind = 'info' | 'good' | 'warn' | 'bad';

/** `focus`: of one that stands where a form or a button was, which takes the focus when it appears. */
export function Notice(props: { kind: NoticeKind; title?: string; focus?: boolean; children?: ComponentChildren }) {
    const own = useFocus<HTMLDivElement>(props.focus === true);
    return (
        <div ref={own} tabIndex={props.focus ? -1 : undefined} class={`notice ${props.kind}`} role={props.kind === 'bad' ? 'alert' : 'status'}>
            {props.title && <strong>{props.title}</strong>}
            {props.children}
        </div>
    );
}

/** What could not be had, and the way to ask for it once more. */
export function LoadFailed(props: { problem: Problem; text?: string | undefined; retry(): void }) {
    const { shared } = useTongue();
    return (
        <Notice kind="bad">
            <p>{props.text ?? describeProblem(props.problem, shared)}</p>
            <p><button type="button" class="compact" data-action="retry" onClick={props.retry}>{shared.retry}</button></p>
        </Notice>
    );
}

export function Busy(props: { text: string; part?: number | null }) {
    return (
        <div>
            <p class="busy" role="status">{props.text}</p>
            {props.part != null && <progress value={props.part} max={1} aria-label={props.text} />}
        </div>
    );
}

export function Waiting(props: { text: string }) {
    return (
        <article aria-busy="false">
            <p class="hidden-label" role="status">{props.text}</p>
            <div class="waiting" aria-hidden="true"><span /><span /><span /></div>
        </article>
    );
}

export function CopyButton(props: { text: string; label: string }) {
    const { shared } = useTongue();
    const [copied, mark] = useState(false);
    async function copy() {
        try {
            await navigator.clipboard.writeText(props.text);
            mark(true);
            setTimeout(() => mark(false), 2500);
        } catch {
            // Without permission the text still stands beside the button, to be selected by hand.
        }
    }
    return (
        <button type="button" class="compact outline" onClick={copy} aria-label={shared.copy_what(props.label)}>
            <span aria-live="polite">{copied ? shared.copied : shared.copy}</span>
        </button>
    );
}
