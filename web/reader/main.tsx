import { render } from 'preact';
import { Tongue } from '../shared/tongue';
import '../shared/style.css';
import { Reader } from './reader';

const place = document.getElementById('app');
if (place) render(<Tongue><Reader path={location.pathname} query={location.search} /></Tongue>, place);
