import { render } from 'preact';
import { Tongue } from '../shared/tongue';
import '../shared/style.css';
import '../shared/tls/style.css';
import './style.css';
import { TlsPage } from './tls-page';

const place = document.getElementById('app');
if (place) render(<Tongue><TlsPage /></Tongue>, place);
