using System.Data.Common;

namespace Homelab.Engine.Storage;

/// <summary>What PostgreSQL tells other nodes.</summary>
internal sealed partial class RunStore
{
    private static readonly TimeSpan BeforeListeningAgain = TimeSpan.FromSeconds(5);

    public async Task ListenAsync(Action wake, CancellationToken cancellationToken)
    {
        if (database.Postgres is not { } postgres)
            return;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await postgres.OpenConnectionAsync(cancellationToken);
                connection.Notification += (_, _) => wake();
                await using (var listen = connection.CreateCommand())
                {
                    listen.CommandText = $"LISTEN {InboxChannel}";
                    await listen.ExecuteNonQueryAsync(cancellationToken);
                }

                // What came before the first word of it.
                wake();
                while (true)
                    await connection.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is DbException or IOException or TimeoutException or ObjectDisposedException)
            {
                // The look every second finds what is not told meanwhile.
                await Task.Delay(BeforeListeningAgain, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
