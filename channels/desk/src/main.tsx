import '@plinth/channels-ui/styles.css';
import { Brand, mountApp, PageTitle, sideLinkClass, ThemeSwitch, ToolShell } from '@plinth/channels-ui';

function App() {
  return (
    <ToolShell
      brand={<Brand name="Northfold desk" />}
      navigation={
        <a href="/desk/" aria-current="page" className={sideLinkClass}>
          Start
        </a>
      }
      foot={<ThemeSwitch />}
    >
      <PageTitle>Northfold desk</PageTitle>
    </ToolShell>
  );
}

mountApp({ name: 'desk', channel: 'desk', content: <App /> });
