import '@plinth/channels-ui/styles.css';
import { Brand, KioskFrame, mountApp } from '@plinth/channels-ui';

function Kiosk() {
  return (
    <KioskFrame brand={<Brand name="Northfold" />}>
      <h1 className="text-48 font-semibold tracking-tight">How can we help?</h1>
    </KioskFrame>
  );
}

mountApp({ name: 'kiosk', channel: 'kiosk', content: <Kiosk /> });
