using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using Homelab.Activities;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Homelab.Engine.Operations;

internal enum Verdict
{
    Ok,

    /// <summary>Worth knowing; nothing fails because of it.</summary>
    Note,
    Wrong,
    Unreachable,
}

internal sealed record Finding(string Name, Verdict Verdict, string Detail);

/// <summary>Looks at what a start needs without starting anything.</summary>
internal static class Doctor
{
    private const long LittleDisk = 1L << 30;
    private static readonly string[] Tools = ["borg", "docker", "git", "restic", "ssh", "systemctl"];

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        IReadOnlyDictionary<string, string?> settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var configuration = SettingsSources.Read(settings);
        var (composed, connections) = await ConfigurationAsync(settings, cancellationToken);
        findings.AddRange(composed);
        var secrets = Secrets.From(configuration);
        var data = DataDirectory.Of(configuration);
        findings.Add(Disk(data));
        findings.Add(await DatabaseAsync(configuration["Storage:ConnectionString"], data, cancellationToken));
        findings.Add(Workflows(configuration));
        foreach (var address in (configuration["Urls"] ?? "http://127.0.0.1:5080").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            findings.Add(await PortAsync(address, cancellationToken));
        findings.Add(await ClockAsync(time, cancellationToken));
        findings.Add(InstalledTools());
        findings.AddRange(connections);
        return [.. findings.Select(finding => finding with { Detail = secrets.Hide(finding.Detail) })];
    }

    private static async Task<(IReadOnlyList<Finding> Settings, IReadOnlyList<Finding> Connections)> ConfigurationAsync(IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        try
        {
            // Composed as for a start, but never started; without log files, for a look must leave nothing behind.
            await using var app = Server.Create(new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase) { ["Logs:Directory"] = "" });
            return ([new Finding("configuration", Verdict.Ok, "every setting can be read")], await ConnectionsAsync(app.Services.GetServices<ITestableConnection>(), cancellationToken));
        }
        catch (BadConfigurationException exception)
        {
            return ([.. exception.Problems.Select(problem => new Finding("configuration", Verdict.Wrong, problem))], []);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException)
        {
            return ([new Finding("configuration", Verdict.Wrong, $"{exception.Message} {exception.InnerException?.Message}".TrimEnd())], []);
        }
    }

    private static async Task<IReadOnlyList<Finding>> ConnectionsAsync(IEnumerable<ITestableConnection> tools, CancellationToken cancellationToken)
    {
        var tests = tools.OrderBy(tool => tool.Tool, StringComparer.Ordinal).SelectMany(tool => tool.Names.Select(name => tool.TestAsync(name, cancellationToken)));
        return [.. (await Task.WhenAll(tests)).Select(report => new Finding(
            $"connection {report.Tool}/{report.Name}",
            report.Reachable ? Verdict.Ok : Verdict.Unreachable,
            report.Reachable ? $"{(report.Version is { } version ? $"version {version}" : "answers")} in {report.Latency.TotalMilliseconds:0} ms" : report.Problem ?? "it does not answer"))];
    }

    private static Finding Disk(DataDirectory data)
    {
        var existing = data.Path;
        while (!Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing) ?? "/";
        if (!MayWrite(existing))
            return new("disk", Verdict.Wrong, $"{existing} may not be written by this user; give the right to it or set Storage:Directory");
        var free = new DriveInfo(existing).AvailableFreeSpace;
        return free < LittleDisk
            ? new("disk", Verdict.Wrong, $"only {free >> 20} MB free for {data.Path}; at least {LittleDisk >> 20} MB are wanted")
            : new("disk", Verdict.Ok, $"{free >> 30} GB free for {data.Path}");
    }

    private static bool MayWrite(string directory)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(directory, $".homelab-{Environment.ProcessId}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<Finding> DatabaseAsync(string? connectionString, DataDirectory data, CancellationToken cancellationToken)
    {
        try
        {
            if (!string.IsNullOrEmpty(connectionString))
            {
                await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Timeout = 5, Pooling = false }.ConnectionString);
                await connection.OpenAsync(cancellationToken);
                return new("database", Verdict.Ok, $"PostgreSQL {connection.PostgreSqlVersion} at {connection.Host}");
            }

            var file = Path.Combine(data.Path, "homelab.db");
            if (!File.Exists(file))
                return new("database", Verdict.Ok, $"{file} will be made at the first start");
            await using var sqlite = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
            await sqlite.OpenAsync(cancellationToken);
            await using var command = sqlite.CreateCommand();
            command.CommandText = "PRAGMA quick_check(1)";
            var answer = (string?)await command.ExecuteScalarAsync(cancellationToken);
            return answer == "ok"
                ? new("database", Verdict.Ok, $"{file}, {new FileInfo(file).Length >> 20} MB, SQLite {sqlite.ServerVersion}")
                : new("database", Verdict.Wrong, $"{file} is damaged ({answer}); stop the server and restore a backup");
        }
        catch (ArgumentException exception)
        {
            return new("database", Verdict.Wrong, $"Storage:ConnectionString cannot be read: {exception.Message}");
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or SocketException or TimeoutException)
        {
            return new("database", Verdict.Unreachable, $"{exception.Message}; check Storage:ConnectionString and that the database runs");
        }
    }

    private static Finding Workflows(IConfiguration configuration)
    {
        var directory = Path.GetFullPath(configuration["Workflows:Directory"] is { Length: > 0 } configured ? configured : "workflows");
        return Directory.Exists(directory)
            ? new("workflows", Verdict.Ok, $"{Directory.EnumerateFiles(directory, "*.json", SearchOption.AllDirectories).Count()} file(s) in {directory}")
            : new("workflows", Verdict.Note, $"{directory} does not exist; set Workflows:Directory to read definitions from files");
    }

    private static async Task<Finding> PortAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address.Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal), UriKind.Absolute, out var uri))
            return new("port", Verdict.Wrong, $"\"{address}\" in Urls is not an address; write http://127.0.0.1:5080");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(uri.Host, uri.Port, cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(2), cancellationToken);
            return new("port", Verdict.Note, $"{address} is taken: by a running server, or by something that keeps one from starting");
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException)
        {
            return new("port", Verdict.Ok, $"{address} is free");
        }
    }

    private static async Task<Finding> ClockAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now < File.GetLastWriteTimeUtc(Environment.ProcessPath ?? AppContext.BaseDirectory))
            return new("clock", Verdict.Wrong, $"it says {now:u}, which is before this program was made; set it, schedules and expiries depend on it");
        var synchronised = await OutputAsync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], cancellationToken);
        return synchronised switch
        {
            "yes" => new("clock", Verdict.Ok, $"{now:u}, synchronised"),
            "no" => new("clock", Verdict.Note, $"{now:u}, not synchronised with a time server"),
            _ => new("clock", Verdict.Ok, $"{now:u}"),
        };
    }

    private static Finding InstalledTools()
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var missing = Tools.Where(tool => !directories.Any(directory => File.Exists(Path.Combine(directory, tool)))).ToList();
        return missing.Count == 0
            ? new("tools", Verdict.Ok, $"{string.Join(", ", Tools)} are installed")
            : new("tools", Verdict.Note, $"not installed: {string.Join(", ", missing)}; only activities that call them need them");
    }

    private static async Task<string?> OutputAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null)
                return null;
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? text.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
