// Tells vitest's result in the one line that ./test adds up.
export default class CountReporter {
    onTestRunEnd(modules) {
        const tests = modules.flatMap((module) => [...module.children.allTests()]);
        const failed = tests.filter((test) => test.result().state === 'failed').length + modules.filter((module) => module.errors().length > 0).length;
        console.log(`${tests.filter((test) => test.result().state === 'passed').length} passed, ${failed} failed`);
    }
}
