import '@plinth/channels-ui/styles.css';
import { Brand, mountApp, PageTitle, sideLinkClass, ThemeSwitch, ToolShell } from '@plinth/channels-ui';

function App() {
  return (
    <ToolShell
      brand={<Brand name="Northfold developers" />}
      navigation={
        <a href="/developers/" aria-current="page" className={sideLinkClass}>
          Start
        </a>
      }
      foot={<ThemeSwitch />}
    >
      <PageTitle>Northfold developers</PageTitle>
    </ToolShell>
  );
}

mountApp({ name: 'developers', channel: 'partner', content: <App /> });
