export function SkipLink() {
  return (
    <a
      href="#content"
      className="sr-only z-(--z-toast) rounded-control bg-raised px-16 py-8 text-accent focus:not-sr-only focus:fixed focus:start-8 focus:top-8"
      onClick={(event) => {
        event.preventDefault();
        const main = document.querySelector<HTMLElement>('#content');
        main?.setAttribute('tabindex', '-1');
        main?.focus();
      }}
    >
      Skip to content
    </a>
  );
}
