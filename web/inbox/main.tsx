import { render } from 'preact';
import { Tongue } from '../shared/tongue';
import '../shared/style.css';
import './style.css';
import { Inbox } from './inbox';

const place = document.getElementById('app');
if (place) render(<Tongue><Inbox /></Tongue>, place);
