// Files that a form will send: chosen with the browser's own picker, shown as a list, removable.

import { useRef } from 'preact/hooks';
import { formatSize } from './language';
import { useTongue } from './tongue';
import { waiting } from './use-call';

export function FileChoice(props: { id: string; label: string; files: readonly File[]; disabled: boolean; change(files: File[]): void }) {
    const { shared, language } = useTongue();
    const own = useRef<HTMLInputElement>(null);
    function add() {
        const chosen = [...(own.current?.files ?? [])];
        if (own.current) own.current.value = '';
        if (chosen.length > 0) props.change([...props.files, ...chosen]);
    }
    /** The button of the last row goes with it: the one before takes the focus, or what chooses files. */
    function remove(index: number, button: HTMLElement) {
        if (index === props.files.length - 1) {
            const before = button.closest('li')?.previousElementSibling?.querySelector('button');
            (before ?? own.current)?.focus();
        }
        props.change(props.files.filter((_, at) => at !== index));
    }
    return (
        <>
            <label for={props.id}>{props.label}</label>
            <input ref={own} id={props.id} type="file" multiple disabled={props.disabled} onChange={add} />
            {props.files.length > 0 && (
                <ul class="files">
                    {props.files.map((file, index) => (
                        <li key={index}>
                            <span class="file"><bdi>{file.name}</bdi> <span class="quiet small">{formatSize(file.size, language)}</span></span>
                            <button type="button" class="compact outline secondary" {...waiting(props.disabled)}
                                aria-label={`${shared.remove}: ${file.name}`}
                                onClick={(event) => remove(index, event.currentTarget)}>{shared.remove}</button>
                        </li>
                    ))}
                </ul>
            )}
        </>
    );
}
