using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Homelab.Tests.Storage;

/// <summary>A real PostgreSQL in a directory of its own, started by <c>tests/servers/postgres.sh</c>. One for the whole test run is <see cref="SharedAsync"/>; a test that stops its server starts its own.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync(fsync: false));
    private static int _databases;
    private readonly string _directory;

    private PostgresServer(string directory, int port) => (_directory, Port) = (directory, port);

    public int Port { get; }

    /// <summary>Started at first use, stopped when the test process exits.</summary>
    public static async Task<PostgresServer> SharedAsync()
    {
        var server = await Shared.Value;
        return server;
    }

    public static async Task<PostgresServer> StartAsync(bool fsync)
    {
        var directory = Path.Combine(Directory.CreateTempSubdirectory("homelab-pg-").FullName, "data");
        // The server runs as another user than root; it must be able to reach its directory.
        File.SetUnixFileMode(
            Path.GetDirectoryName(directory)!,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var server = new PostgresServer(directory, FreePort());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Remove();
        await server.StartAgainAsync(fsync);
        return server;
    }

    /// <summary>A new, empty database; answers its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public Task StartAgainAsync(bool fsync = false) => ScriptAsync(fsync, "start", _directory, $"{Port}");

    /// <param name="mode">"fast" or "immediate" (as a crash).</param>
    public Task StopAsync(string mode = "fast") => ScriptAsync(false, "stop", _directory, mode);

    public async ValueTask DisposeAsync()
    {
        await StopAsync("immediate");
        Remove();
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=20;Timeout=5";

    private void Remove()
    {
        if (!Directory.Exists(_directory))
            return;
        Process.Start(ScriptPath(), ["stop", _directory, "immediate"]).WaitForExit(30_000);
        Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);
    }

    private static async Task ScriptAsync(bool fsync, params string[] arguments)
    {
        var start = new ProcessStartInfo(ScriptPath(), arguments);
        start.Environment["POSTGRES_FSYNC"] = fsync ? "on" : "off";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"tests/servers/postgres.sh {string.Join(' ', arguments)} exited with {process.ExitCode}; see {arguments[1]}.log and {arguments[1]}/server.log.");
    }

    private static string ScriptPath([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(file))!, "servers", "postgres.sh");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
