import { Heading } from '../../shared/parts';
import { usePolicyWords } from './context';

export function CommitPage(_props: { parts: string[] }) {
    const { words } = usePolicyWords();
    return <Heading>{words.commit}</Heading>;
}
