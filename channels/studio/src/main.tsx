import '@plinth/channels-ui/styles.css';
import { Brand, mountApp, PageTitle, sideLinkClass, ThemeSwitch, ToolShell } from '@plinth/channels-ui';

function App() {
  return (
    <ToolShell
      brand={<Brand name="Plinth studio" />}
      navigation={
        <a href="/studio/" aria-current="page" className={sideLinkClass}>
          Start
        </a>
      }
      foot={<ThemeSwitch />}
    >
      <PageTitle>Plinth studio</PageTitle>
    </ToolShell>
  );
}

mountApp({ name: 'studio', channel: 'web', content: <App /> });
