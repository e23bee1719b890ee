// Two ways from the service to a reader, drawn one below the other; the one that is taken now stands out.

import type { ComponentChildren } from 'preact';
import { useTongue } from '../shared/tongue';
import { page_words } from './words';

type Way = 'envelope' | 'tls';

export function WayPicture(props: { now: Way }) {
    return (
        <div class="ways-drawn" data-part="ways" data-now={props.now}>
            <Lane way="envelope" is_now={props.now === 'envelope'} />
            <Lane way="tls" is_now={props.now === 'tls'} />
        </div>
    );
}

function Lane(props: { way: Way; is_now: boolean }) {
    const { language } = useTongue();
    const words = page_words[language];
    const { way } = props;
    const { stations } = words;
    return (
        <figure class={`lane ${props.is_now ? 'now' : ''}`}>
            <figcaption>{words.lanes[way]}{props.is_now && <span class="badge">{words.now}</span>}</figcaption>
            <p class="hidden-label">{words.picture[way]}</p>
            <div class="stations" aria-hidden="true">
                <Station label={stations.service}><Hosts /></Station>
                <div class={`road ${way}`}>{way === 'envelope' ? <Sealed /> : <Lock />}<span>{way === 'envelope' ? stations.path : stations.tunnel}</span></div>
                <Station label={stations.host}><Hosts /></Station>
                <div class="road short" />
                <Station label={way === 'envelope' ? stations.sealed : stations.open}>{way === 'envelope' ? <Sealed /> : <Letter />}</Station>
            </div>
        </figure>
    );
}

function Station(props: { label: string; children: ComponentChildren }) {
    return <div class="station">{props.children}<span>{props.label}</span></div>;
}

const Sign = (props: { class: string; children: ComponentChildren }) => <svg class={props.class} viewBox="0 0 32 32" width="36" height="36">{props.children}</svg>;

const Hosts = () => <Sign class="hosts-sign"><rect x="6" y="5" width="20" height="9" rx="2" /><rect x="6" y="18" width="20" height="9" rx="2" /><path d="M10.5 9.5h.01M10.5 22.5h.01M15 9.5h7M15 22.5h7" /></Sign>;
const Sealed = () => <Sign class="sealed-sign"><rect x="3" y="7" width="26" height="18" rx="2" /><path d="m4 9 12 9 12-9" /><circle cx="16" cy="18" r="4.2" /></Sign>;
const Letter = () => <Sign class="letter-sign"><path d="M4 14 16 5l12 9v12H4z" /><path d="M9 17V9.5h14V17M12 13h8M12 16h8M4 14l12 8 12-8" /></Sign>;
const Lock = () => <Sign class="lock-sign"><rect x="7" y="14" width="18" height="12" rx="2" /><path d="M11 14v-3a5 5 0 0 1 10 0v3M16 19v3" /></Sign>;
