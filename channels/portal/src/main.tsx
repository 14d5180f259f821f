import '@plinth/channels-ui/styles.css';
