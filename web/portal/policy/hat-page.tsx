import { Heading } from '../../shared/parts';
import { usePolicyWords } from './context';

export function HatPage(_props: { parts: string[] }) {
    const { words } = usePolicyWords();
    return <Heading>{words.hat}</Heading>;
}
