// The broker. `--config FILE` serves in the foreground; `--initialise DIR` makes a state directory for `sallyport init`.
import Foundation

setvbuf(stdout, nil, _IOLBF, 0)
await SallyportDaemon.main()
