/** Before each test file that computes: what waits for servers goes first, since users' patience is measured there. */
import { setPriority } from 'node:os';

setPriority(10);
