using System.CommandLine;
using Homelab.Engine.Lab;
using Homelab.Engine.Operations;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab serve</c>: runs the product until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly Option<string?> Urls = new("--urls")
    {
        Description = "Addresses to listen on, separated by semicolons (http://127.0.0.1:5080).",
        HelpName = "URL",
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Directory of the database, logs and keys (data).",
        HelpName = "DIRECTORY",
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Overrides a setting; may be repeated: --set Storage:Directory=/var/lib/homelab",
        HelpName = "NAME=VALUE",
        AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Option<bool> LabOption = new("--lab") { Description = "With a simulated homelab around it, to look at and to break; its data is gone afterwards." };

    private static readonly Option<int> Seed = new("--seed") { Description = "Of the simulated homelab: the same seed is the same homelab.", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var command = new Command("serve", "Serves the console, the API and the workflow endpoints, and runs workflows until stopped.");
        MakeDefault(command);
        return command;
    }

    public static void MakeDefault(Command command)
    {
        AddOptions(command);
        command.Options.Add(LabOption);
        command.Options.Add(Seed);
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(LabOption) ? ServeLabAsync(parsed, cancellationToken) : ServeAsync(parsed, Settings(parsed), null, null, cancellationToken));
    }

    /// <summary>The options that stand for settings; see <see cref="Settings"/>.</summary>
    public static void AddOptions(Command command)
    {
        command.Options.Add(Urls);
        command.Options.Add(Data);
        command.Options.Add(Set);
    }

    /// <summary>The settings that the options of one command line stand for.</summary>
    public static IReadOnlyDictionary<string, string?> Settings(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in parsed.GetValue(Set) ?? [])
        {
            var split = pair.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0)
                throw new BadConfigurationException([$"--set \"{pair}\" has no name before '='; write --set Storage:Directory=/var/lib/homelab"]);
            settings[pair[..split]] = pair[(split + 1)..];
        }

        if (parsed.GetValue(Urls) is { } urls)
            settings["Urls"] = urls;
        if (parsed.GetValue(Data) is { } data)
            settings["Storage:Directory"] = data;
        return settings;
    }

    private static async Task<int> ServeLabAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var lab = await LabRunner.WatchAsync(parsed.GetValue(Seed), TimeProvider.System, cancellationToken);
        return await ServeAsync(
            parsed, lab.Settings(Settings(parsed)), services => services.AddSingleton(lab),
            async app =>
            {
                lab.Connect(app);
                lab.Play(TimeProvider.System);
                await parsed.InvocationConfiguration.Output.WriteLineAsync("The lab: a simulated homelab is around it. Open the page Lab and watch the first minute; the buttons there break more.");
            },
            cancellationToken);
    }

    private static async Task<int> ServeAsync(
        ParseResult parsed, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? further, Func<WebApplication, Task>? ready, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        await using var app = Server.Create(settings, further);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (OptionsValidationException exception)
        {
            throw new BadConfigurationException([.. exception.Failures]);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            throw new BadConfigurationException([.. exception.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)]);
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await error.WriteLineAsync($"{exception.Message} Another process listens there: stop it, or choose another address with --urls.");
            return ExitCode.Unreachable;
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync($"Homelab {ProductVersion.Text} is ready: {string.Join(" ", app.Urls)}");
        if (ready is not null)
            await ready(app);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }
}
