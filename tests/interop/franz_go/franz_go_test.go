// Transactions of franz-go, a client in Go with a protocol implementation of its own: kgo, its GroupTransactSession,
// and what kadm tells of transactions.
package franz_go

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func client(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	made, err := kgo.NewClient(append(options, kgo.SeedBrokers(os.Getenv("BOOTSTRAP")),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	must(t, err)
	t.Cleanup(made.CloseAllowingRebalance)
	return made
}

func admin(t *testing.T) *kadm.Client { return kadm.NewClient(client(t)) }

func createTopics(t *testing.T, partitions int32, names ...string) {
	t.Helper()
	_, err := admin(t).CreateTopics(deadline(t), partitions, 1, nil, names...)
	must(t, err)
}

func write(t *testing.T, to *kgo.Client, topic string, values ...string) {
	t.Helper()
	for _, value := range values {
		must(t, to.ProduceSync(deadline(t), &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr())
	}
}

func transaction(t *testing.T, by *kgo.Client, topic string, end kgo.TransactionEndTry, values ...string) {
	t.Helper()
	must(t, by.BeginTransaction())
	write(t, by, topic, values...)
	must(t, by.EndTransaction(deadline(t), end))
}

// All that such a consumer sees of partition 0 now.
func read(t *testing.T, topic string, level kgo.IsolationLevel) (values []string) {
	t.Helper()
	list := admin(t).ListEndOffsets
	if level == kgo.ReadCommitted() {
		list = admin(t).ListCommittedOffsets
	}
	ends, err := list(deadline(t), topic)
	must(t, err)
	end, _ := ends.Lookup(topic, 0)
	reader := client(t, kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(0)}}))
	// Aborted records are not told of, but their marker is.
	for next := int64(0); next < end.Offset; {
		fetches := reader.PollFetches(deadline(t))
		must(t, fetches.Err0())
		fetches.EachRecord(func(record *kgo.Record) {
			next = record.Offset + 1
			if !record.Attrs.IsControl() {
				values = append(values, string(record.Value))
			}
		})
	}
	return values
}

func await(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func expect[T any](t *testing.T, wanted, actual T) {
	t.Helper()
	if fmt.Sprint(wanted) != fmt.Sprint(actual) {
		t.Fatalf("expected %v, got %v", wanted, actual)
	}
}

func TestCommittedRecordsAreSeenAndAbortedOnesAreNot(t *testing.T) {
	createTopics(t, 1, "go-ends")
	by := client(t, kgo.TransactionalID("go-ends"))
	transaction(t, by, "go-ends", kgo.TryCommit, "a", "b")
	transaction(t, by, "go-ends", kgo.TryAbort, "x", "y")
	transaction(t, by, "go-ends", kgo.TryCommit, "c")
	expect(t, []string{"a", "b", "c"}, read(t, "go-ends", kgo.ReadCommitted()))
	expect(t, []string{"a", "b", "x", "y", "c"}, read(t, "go-ends", kgo.ReadUncommitted()))
}

func TestASecondProducerFencesTheFirst(t *testing.T) {
	createTopics(t, 1, "go-fence")
	first, second := client(t, kgo.TransactionalID("go-fence")), client(t, kgo.TransactionalID("go-fence"))
	must(t, first.BeginTransaction())
	write(t, first, "go-fence", "lost")
	transaction(t, second, "go-fence", kgo.TryCommit, "kept")
	err := first.EndTransaction(deadline(t), kgo.TryCommit)
	if !errors.Is(err, kerr.ProducerFenced) && !errors.Is(err, kerr.InvalidProducerEpoch) {
		t.Fatalf("expected to be fenced, got %v", err)
	}
	expect(t, []string{"kept"}, read(t, "go-fence", kgo.ReadCommitted()))
}

func TestATimeoutAboveTheMaximumIsRefused(t *testing.T) {
	by := client(t, kgo.TransactionalID("go-patient"), kgo.TransactionTimeout(900001*time.Millisecond))
	_, _, err := by.ProducerID(deadline(t))
	if !errors.Is(err, kerr.InvalidTransactionTimeout) {
		t.Fatalf("expected INVALID_TRANSACTION_TIMEOUT, got %v", err)
	}
}

// Three sessions come one after the other into a group and take its partitions over while they work; some
// transactions are aborted on purpose.
func TestRecordsGoThroughExactlyOnceThroughRebalances(t *testing.T) {
	const count, partitions = 900, 6
	createTopics(t, partitions, "go-in", "go-out")
	plain := client(t)
	var sent []string
	for n := range int32(count) {
		value := fmt.Sprintf("%04d", n)
		sent = append(sent, value)
		plain.Produce(deadline(t), &kgo.Record{Topic: "go-in", Partition: n % partitions, Value: []byte(value)}, nil)
	}
	must(t, plain.Flush(deadline(t)))

	observer := admin(t)
	lag := func() int64 {
		lags, err := observer.Lag(deadline(t), "go-through")
		if described := lags["go-through"]; err == nil && described.Error() == nil && len(described.Lag) > 0 {
			return described.Lag.Total()
		}
		return count // neither the group nor, on a fresh Kafka, its coordinator need be there yet
	}
	ctx, stop := context.WithCancel(deadline(t))
	ended := make(chan error)
	for n := range 3 {
		id := fmt.Sprintf("go-through-%d", n)
		go func() { ended <- copyRecords(ctx, id) }()
		if n < 2 {
			// The next one comes in the middle.
			wanted := int64(count - (n+1)*count/4)
			await(t, func() bool { return lag() <= wanted })
		}
	}
	await(t, func() bool { return lag() == 0 })
	stop()
	for range 3 {
		must(t, <-ended)
	}
	reader := client(t, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeTopics("go-out"))
	var copied []string
	for len(copied) < count {
		fetches := reader.PollFetches(deadline(t))
		must(t, fetches.Err0())
		fetches.EachRecord(func(record *kgo.Record) { copied = append(copied, string(record.Value)) })
	}
	slices.Sort(copied)
	if !slices.Equal(sent, copied) {
		t.Fatalf("%d records sent, %d distinct of %d copied", count, len(slices.Compact(slices.Clone(copied))), len(copied))
	}
}

func copyRecords(ctx context.Context, id string) error {
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(os.Getenv("BOOTSTRAP")), kgo.TransactionalID(id),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeTopics("go-in"), kgo.ConsumerGroup("go-through"),
		kgo.RequireStableFetchOffsets(), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(200*time.Millisecond))
	if err != nil {
		return err
	}
	defer session.Close()
	for turn := 1; ; turn++ {
		fetches := session.PollRecords(ctx, 20)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%s polls: %w", id, err)
		}
		if err := session.Begin(); err != nil {
			return fmt.Errorf("%s begins: %w", id, err)
		}
		failed := kgo.AbortingFirstErrPromise(session.Client())
		fetches.EachRecord(func(record *kgo.Record) {
			session.Produce(ctx, &kgo.Record{Topic: "go-out", Partition: record.Partition, Value: record.Value}, failed.Promise())
		})
		end := kgo.TransactionEndTry(failed.Err() == nil && turn%5 != 0)
		if _, err := session.End(ctx, end); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s ends: %w", id, err)
		}
	}
}

func TestWhatIsToldOfTransactions(t *testing.T) {
	createTopics(t, 3, "go-told")
	id := "go-told"
	by := client(t, kgo.TransactionalID(id))
	must(t, by.BeginTransaction())
	write(t, by, "go-told", "1")
	producerID, epoch, err := by.ProducerID(deadline(t))
	must(t, err)

	described, err := admin(t).DescribeTransactions(deadline(t), id)
	must(t, err)
	told := described[id]
	expect(t, []any{nil, "Ongoing", producerID, epoch}, []any{told.Err, told.State, told.ProducerID, told.ProducerEpoch})
	expect(t, kadm.TopicsSet{"go-told": {0: {}}}, told.Topics)
	if since := time.Since(time.UnixMilli(told.StartTimestamp)); since < -time.Second || since > time.Minute {
		t.Fatalf("it began %v ago", since)
	}
	listed, err := admin(t).ListTransactions(deadline(t), []int64{producerID}, []string{"Ongoing"})
	must(t, err)
	expect(t, []string{id}, listed.TransactionalIDs())
	producers, err := admin(t).DescribeProducers(deadline(t), kadm.TopicsSet{"go-told": {0: {}}})
	must(t, err)
	active := producers["go-told"].Partitions[0].ActiveProducers.Sorted()
	expect(t, 1, len(active))
	expect(t, []any{producerID, int64(0)}, []any{active[0].ProducerID, active[0].CurrentTxnStartOffset})

	must(t, by.EndTransaction(deadline(t), kgo.TryCommit))
	// Kafka ends a transaction after it has said so.
	await(t, func() bool {
		described, err = admin(t).DescribeTransactions(deadline(t), id)
		must(t, err)
		return described[id].State == "CompleteCommit"
	})
	listed, err = admin(t).ListTransactions(deadline(t), []int64{producerID}, []string{"Ongoing"})
	must(t, err)
	expect(t, 0, len(listed))
	unknown, err := admin(t).DescribeTransactions(deadline(t), "go-unknown")
	must(t, err)
	if !errors.Is(unknown["go-unknown"].Err, kerr.TransactionalIDNotFound) {
		t.Fatalf("expected TRANSACTIONAL_ID_NOT_FOUND, got %v", unknown["go-unknown"].Err)
	}
}
