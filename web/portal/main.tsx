import { render } from 'preact';
import { Tongue } from '../shared/tongue';
import '../shared/style.css';
import '../shared/lists.css';
import '../shared/tls/style.css';
import './style.css';
import './policy/style.css';
import { Portal } from './portal';

const place = document.getElementById('app');
if (place) render(<Tongue><Portal /></Tongue>, place);
