// Starts the mock world: node mock/server.mjs [DEMO_PORT SERVICE_PORT]; 0 lets the kernel choose.
// Prints the demo page's address when it is ready. For working on the pages without the real server.
import { adminRoutes, addDomain } from './admin.mjs';
import { certificateRoutes } from './certificates.mjs';
import { composeRoutes } from './compose.mjs';
import { demoRoutes } from './demo.mjs';
import { doctorRoutes } from './doctor.mjs';
import { domainTestRoutes } from './domain-tests.mjs';
import { listen } from './http.mjs';
import { policyRoutes } from './policy.mjs';
import { serviceRoutes } from './service.mjs';
import { spfRoutes } from './spf.mjs';
import { makeWorld } from './world.mjs';

export async function startMock(demo_port = 0, service_port = 0) {
    const world = makeWorld();
    const routes = [serviceRoutes, composeRoutes, domainTestRoutes, adminRoutes, certificateRoutes, doctorRoutes, spfRoutes, policyRoutes];
    const service = await listen(routes.flatMap((make) => make(world)), service_port);
    const demo = await listen(demoRoutes(world), demo_port);
    world.service_url = `http://localhost:${service.address().port}`;
    world.demo_url = `http://localhost:${demo.address().port}`;
    addDomain(world, 'acme.test');
    world.domains[0].proven = true;
    const close = () => {
        for (const server of [service, demo]) {
            server.close();
            server.closeAllConnections();
        }
    };
    return { world, close };
}

if (process.argv[1]?.endsWith('mock/server.mjs')) {
    const [demo_port = 0, service_port = 0] = process.argv.slice(2).map(Number);
    const { world } = await startMock(demo_port, service_port);
    console.log(world.demo_url);
}
