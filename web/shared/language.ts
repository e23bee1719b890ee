// Which language a page speaks: the person's choice here, else the browser's, else English.

export type Language = 'en' | 'fr';

// English without a country would put the month first.
const locales: Record<Language, string> = { en: 'en-GB', fr: 'fr' };

const storage_key = 'sealpost-language';

export function isLanguage(text: string | null | undefined): text is Language {
    return text === 'en' || text === 'fr';
}

export function pickLanguage(chosen: string | null, preferred: readonly string[]): Language {
    if (isLanguage(chosen)) return chosen;
    for (const tag of preferred) {
        const primary = tag.toLowerCase().split('-')[0];
        if (isLanguage(primary)) return primary;
    }
    return 'en';
}

export function loadLanguage(): Language {
    return pickLanguage(loadChoice(), navigator.languages);
}

/** True when the person chose on this device, so that an account's language must not overrule it. */
export function hasChoice(): boolean {
    return isLanguage(loadChoice());
}

/** Chosen here, or one of the browser's own: what a page falls back to says nothing about the person. */
export function isSpoken(language: Language): boolean {
    return loadChoice() === language || navigator.languages.some((tag) => tag.toLowerCase().split('-')[0] === language);
}

export function saveLanguage(language: Language): void {
    try {
        localStorage.setItem(storage_key, language);
    } catch {
        // A browser without storage forgets the choice; nothing else depends on it.
    }
}

function loadChoice(): string | null {
    try {
        return localStorage.getItem(storage_key);
    } catch {
        return null;
    }
}

/** "27 Nov 2026, 14:05", "27 nov. 2026, 14:05": no reader takes the day for the month. */
export function formatTime(iso: string, language: Language): string {
    const time = new Date(iso);
    if (Number.isNaN(time.getTime())) return iso;
    const clock = new Intl.DateTimeFormat(locales[language], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(time);
    return `${formatDate(iso, language)}, ${clock}`;
}

/** A day alone: when certificates end, the hour hardly matters. */
export function formatDate(iso: string, language: Language): string {
    const time = new Date(iso);
    if (Number.isNaN(time.getTime())) return iso;
    const day = new Intl.DateTimeFormat(locales[language], { day: 'numeric', month: 'short', year: 'numeric' }).format(time);
    return language === 'fr' ? day.replace(/^1 /, '1er ') : day;
}

/** With the zone of the clock: mails tell the same moment in UTC, and it must not look like another one. */
export function formatDeadline(iso: string, language: Language): string {
    const time = new Date(iso);
    if (Number.isNaN(time.getTime())) return iso;
    const parts = new Intl.DateTimeFormat(locales[language], { hour: 'numeric', timeZoneName: 'short' }).formatToParts(time);
    return `${formatTime(iso, language)}\u00a0${parts.find((part) => part.type === 'timeZoneName')?.value ?? ''}`;
}

export function formatSize(octets: number, language: Language): string {
    const units = language === 'fr' ? ['o', 'ko', 'Mo', 'Go'] : [octets === 1 ? 'byte' : 'bytes', 'KB', 'MB', 'GB'];
    let value = octets;
    let unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
        value /= 1024;
        unit += 1;
    }
    const digits = unit === 0 || value >= 100 ? 0 : 1;
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)}\u00a0${units[unit]}`;
}
