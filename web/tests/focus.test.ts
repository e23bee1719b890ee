import { expect, test, vi } from 'vitest';
import { findRefuge, waiting } from '../shared/use-call';

test('a button that waits keeps the focus, and nothing that is done to it counts', () => {
    const { onClickCapture, ...told } = waiting(true);
    const event = { preventDefault: vi.fn(), stopImmediatePropagation: vi.fn() };
    onClickCapture?.(event as unknown as Event);
    expect(told).toEqual({ 'aria-disabled': true });
    expect(event.preventDefault).toHaveBeenCalledOnce();
    expect(event.stopImmediatePropagation).toHaveBeenCalledOnce();
    expect(waiting(false)).toEqual({});
    expect(waiting(undefined)).toEqual({});
});

/** What stands around a button: where it is still there, with the heading that is found in it. */
const place = (isConnected: boolean, heading: string | null) => ({ isConnected, querySelector: () => heading }) as unknown as Element;

test('the focus of what is gone goes to the closest heading that is still there', () => {
    expect(findRefuge([place(false, 'form'), place(true, null), place(true, 'article'), place(true, 'page')])).toBe('article');
    expect(findRefuge([place(false, 'form')])).toBe(null);
});
