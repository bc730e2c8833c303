using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Homelab.Tests.Engine;

/// <summary>The real executable in a process of its own, on a free port, with a directory of its own.</summary>
internal sealed class EngineProcess : IAsyncDisposable
{
    public const string Password = "correct-horse-battery";

    private readonly Process _process;
    private readonly Task<string> _output;

    private EngineProcess(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        // Read all the time: a full pipe would stop the engine.
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public Uri Address { get; }

    /// <summary>From the start of the process to the first good answer of <c>/health/ready</c>.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Of the whole process so far, user and system.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident, in megabytes.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>What this build made of the engine, in the same configuration.</summary>
    public static string BuiltHere { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Homelab.Engine", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "homelab"));

    /// <param name="executable">Null: <see cref="BuiltHere"/>.</param>
    /// <param name="workflows">Definitions by file name, put where the engine looks for them.</param>
    /// <param name="crashAt">As <c>HOMELAB_CRASH_AT</c>; the process may then be dead before it is ready, which is no error here.</param>
    public static async Task<EngineProcess> StartAsync(
        string? executable, string directory, string? connectionString, IReadOnlyDictionary<string, string>? workflows = null, string? crashAt = null, params string[] settings)
    {
        var folder = Path.Combine(directory, "workflows");
        Directory.CreateDirectory(folder);
        foreach (var (name, definition) in workflows ?? new Dictionary<string, string>())
            await File.WriteAllTextAsync(Path.Combine(folder, name), definition);
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        executable ??= BuiltHere;
        var start = new ProcessStartInfo(
            executable,
            ["serve", "--urls", address.ToString().TrimEnd('/'), "--data", Path.Combine(directory, "data"), "--set", $"Workflows:Directory={folder}", "--set", $"SignIn:FirstPassword={Password}", "--set", $"Dispatch:CrashPoints={crashAt is not null}", .. settings.SelectMany(setting => new[] { "--set", setting })])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = directory,
        };
        if (connectionString is not null)
            start.Environment["Storage__ConnectionString"] = connectionString;
        start.Environment.Remove("HOMELAB_CRASH_AT");
        if (crashAt is not null)
            start.Environment["HOMELAB_CRASH_AT"] = crashAt;
        var began = Stopwatch.GetTimestamp();
        var engine = new EngineProcess(Process.Start(start)!, address);
        using var http = new HttpClient { BaseAddress = address };
        while (true)
        {
            try
            {
                if ((await http.GetAsync("/health/ready")).IsSuccessStatusCode)
                    break;
            }
            catch (HttpRequestException)
            {
                if (engine.HasExited && crashAt is not null)
                    return engine;
                if (engine.HasExited)
                    throw new InvalidOperationException($"{executable} ended with {engine._process.ExitCode}: {await engine._output}");
            }

            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(2))
                throw new TimeoutException("The engine was not ready after two minutes.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        engine.ReadyAfter = Stopwatch.GetElapsedTime(began);
        return engine;
    }

    public bool HasExited => _process.HasExited;

    public void Kill() => _process.Kill();

    /// <summary>Asks it to stop, as a service manager does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>What it ended with, once it has.</summary>
    public async Task<int> ExitAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Terminate();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        await _output;
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
