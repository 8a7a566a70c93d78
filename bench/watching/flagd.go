// flagd's own evaluator, store and OFREP service on a port, of one file of definitions: `flagd PORT FILE`. For
// `BENCH_FLAGD=… bench/watch ofrep`.
//
// It measures nothing of itself and reads no other source, which is kinder to it than what `flagd start` does. Build it
// in flagd's own module (`flagd/`, where `go.mod` has all it needs): `go build -o PROGRAM flagd.go`.
package main

import (
	"context"
	"os"
	"strconv"

	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"
	"github.com/open-feature/flagd/core/pkg/telemetry"
	"github.com/open-feature/flagd/flagd/pkg/service/flag-evaluation/ofrep"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(os.Stderr), zapcore.InfoLevel)
	log := logger.NewLogger(zap.New(core), false)
	s, err := store.NewStore(log, []string{"file"})
	must(err)
	ev := evaluator.NewJSON(log, s)
	data, err := os.ReadFile(os.Args[2])
	must(err)
	must(ev.SetState(sync.DataSync{FlagData: string(data), Source: "file"}))
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	must(err)
	svc, err := ofrep.NewOfrepService(ev, nil, ofrep.SvcConfiguration{Logger: log, Port: uint16(port), ServiceName: "flagd", MetricsRecorder: telemetry.NoopMetricsRecorder{}}, nil, nil)
	must(err)
	must(svc.Start(context.Background()))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
