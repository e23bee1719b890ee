// The sentences around a field of the policy forms.

import type { Language } from '../../shared/language';
import type { Fault, FaultKind } from './fields';

const en = {
    required: 'required',
    use_default: 'Back to the default',
    default_is: (value: string) => `Default: ${value}`,
    custom: 'set here',
    nothing: '(empty)',
    yes: 'On',
    no: 'Off',
    faults: {
        required: () => 'This is needed.',
        number: () => 'Enter a whole number.',
        size: () => 'Enter a size such as 10M.',
        duration: () => 'Enter a time such as 15m, 72h or 3d.',
        range: (range: string) => `Enter a value ${range}.`,
        word: () => 'Choose one of the offered values.',
        domain: () => 'Enter a domain name such as mx1.example.org.',
    } satisfies Record<FaultKind, (range: string) => string>,
    range: (least: string, most: string | null) => (most === null ? `of ${least} at least` : `from ${least} to ${most}`),
    host_priority: 'Priority',
    host_name: 'Host',
    host_port: 'Port',
    host_add: 'Add a host',
    host_remove: (host: string) => `Remove ${host}`.trim(),
    route_kind: 'Where the mail goes',
    route_hosts: 'To these hosts',
    route_dns: 'By MX records, as without a route (USEDNS)',
    route_drop: 'Nowhere: it is accepted and thrown away (/dev/null)',
};

export type FieldWords = typeof en;

const fr: FieldWords = {
    required: 'obligatoire',
    use_default: 'Revenir à la valeur par défaut',
    default_is: (value) => `Par défaut\u00a0: ${value}`,
    custom: 'défini ici',
    nothing: '(vide)',
    yes: 'Activé',
    no: 'Désactivé',
    faults: {
        required: () => 'Ce champ est obligatoire.',
        number: () => 'Saisissez un nombre entier.',
        size: () => 'Saisissez une taille, par exemple 10M.',
        duration: () => 'Saisissez une durée, par exemple 15m, 72h ou 3d.',
        range: (range) => `Saisissez une valeur ${range}.`,
        word: () => 'Choisissez une des valeurs proposées.',
        domain: () => 'Saisissez un nom de domaine, par exemple mx1.example.org.',
    },
    range: (least, most) => (most === null ? `d’au moins ${least}` : `de ${least} à ${most}`),
    host_priority: 'Priorité',
    host_name: 'Hôte',
    host_port: 'Port',
    host_add: 'Ajouter un hôte',
    host_remove: (host) => `Retirer ${host}`.trim(),
    route_kind: 'Où va le courrier',
    route_hosts: 'Vers ces hôtes',
    route_dns: 'Selon les enregistrements MX, comme sans route (USEDNS)',
    route_drop: 'Nulle part\u00a0: accepté puis jeté (/dev/null)',
};

export const field_words: Record<Language, FieldWords> = { en, fr };

export function describeFault(fault: Fault, type: string, words: FieldWords): string {
    const show = (value: number) => formatQuantity(type, value);
    return words.faults[fault.kind](words.range(show(fault.least ?? 0), fault.most === null ? null : show(fault.most)));
}

/** Octets and seconds as the document writes them: 104857600 is 100M, 2592000 is 30d. */
export function formatQuantity(type: string, value: number): string {
    const steps: readonly (readonly [string, number])[] = type === 'size' ? [['G', 2 ** 30], ['M', 2 ** 20], ['K', 2 ** 10]]
        : type === 'duration' ? [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]] : [];
    const step = value > 0 ? steps.find(([, size]) => value % size === 0) : undefined;
    return step ? `${value / step[1]}${step[0]}` : String(value);
}
