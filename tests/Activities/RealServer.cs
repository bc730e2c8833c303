using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Homelab.Tests.Activities;

/// <summary>A test that needs a real server; skipped, saying why, where it cannot be started.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ServerFactAttribute : FactAttribute
{
    /// <param name="programs">Absolute paths of what the server needs.</param>
    public ServerFactAttribute(params string[] programs) => Skip = RealServer.WhyNot(programs);
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class ServerTheoryAttribute : TheoryAttribute
{
    public ServerTheoryAttribute(params string[] programs) => Skip = RealServer.WhyNot(programs);
}

/// <summary>A server of <c>tests/servers</c> in its own directory and on its own port; ended by its process id.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    private static readonly string Scripts = Path.Combine(Repository.Root, "tests", "servers");

    private RealServer(string data, int port, IReadOnlyDictionary<string, string> said) => (Data, Port, Said) = (data, port, said);

    public string Data { get; }

    public int Port { get; }

    /// <summary>What the script printed: PID, URL, ...</summary>
    public IReadOnlyDictionary<string, string> Said { get; }

    public static string? WhyNot(IEnumerable<string> programs)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return "needs root on Linux to start the server";
        return programs.Where(program => !File.Exists(program)).ToList() is { Count: > 0 } missing
            ? $"needs {string.Join(", ", missing)}; run tests/servers/install.sh"
            : null;
    }

    public static async Task<RealServer> StartAsync(string name, Action<string>? prepare = null, params string[] further)
    {
        var data = Directory.CreateTempSubdirectory($"hl-{name}-").FullName;
        prepare?.Invoke(data);
        var (port, output) = await StartAsync(name, data, further, tries: 5);
        var said = output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.Last()[1]);
        return new(data, port, said);
    }

    /// <summary>A script takes a few ports from the free one on; where one of those is taken, another is tried.</summary>
    private static async Task<(int Port, string Output)> StartAsync(string name, string data, string[] further, int tries)
    {
        var port = FreePort();
        try
        {
            return (port, await RunAsync(Path.Combine(Scripts, $"start-{name}.sh"), [data, port.ToString(System.Globalization.CultureInfo.InvariantCulture), .. further]));
        }
        catch (InvalidOperationException exception) when (tries > 1 && exception.Message.Contains("in use", StringComparison.OrdinalIgnoreCase))
        {
            return await StartAsync(name, data, further, tries - 1);
        }
    }

    /// <summary>Runs a program as a test does: not through the code under test.</summary>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error} {await output}");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (Said.TryGetValue("PID", out var pid))
            await RunAsync(Path.Combine(Scripts, "stop.sh"), pid);
        if (Said.TryGetValue("MNT", out var mount))
            await RunAsync("umount", mount);
        try
        {
            Directory.Delete(Data, recursive: true);
        }
        catch (IOException)
        {
            // A mount of a container may linger; the directory is under /tmp.
        }
        catch (UnauthorizedAccessException)
        {
            // The same.
        }
    }
}

/// <summary>One server for the tests of a class; nothing is started where all of them are skipped.</summary>
public abstract class ServerFixture : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _servers = [];

    protected abstract IEnumerable<string> Programs { get; }

    public async Task InitializeAsync()
    {
        if (RealServer.WhyNot(Programs) is null)
            await StartAsync();
    }

    public virtual async Task DisposeAsync()
    {
        if (_servers.Count > 0)
            await StoppingAsync();
        foreach (var server in Enumerable.Reverse(_servers))
            await server.DisposeAsync();
    }

    protected abstract Task StartAsync();

    /// <summary>Ends what would outlive the server.</summary>
    protected virtual Task StoppingAsync() => Task.CompletedTask;

    private protected async Task<RealServer> StartAsync(string name, Action<string>? prepare = null, params string[] further)
    {
        var server = await RealServer.StartAsync(name, prepare, further);
        _servers.Add(server);
        return server;
    }
}
