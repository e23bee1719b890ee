import { Heading } from '../../shared/parts';
import { usePolicyWords } from './context';

export function FlowPage(_props: { parts: string[] }) {
    const { words } = usePolicyWords();
    return <Heading>{words.flow}</Heading>;
}
