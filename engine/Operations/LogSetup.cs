using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Homelab.Engine.Operations;

internal static class LogSetup
{
    private const string Line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}";
    private const string ConsoleLine = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <summary>Console and daily files through Serilog. Every line passes <see cref="Secrets.Hide"/> as it is written, exceptions included, so no caller has to remember.</summary>
    public static void AddLogs(this WebApplicationBuilder builder, string dataDirectory)
    {
        var settings = builder.Configuration.ReadSettings<LogSettings>("Logs");
        var secrets = Secrets.From(builder.Configuration);
        var logs = new LoggerConfiguration()
            .MinimumLevel.Is(LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Warning)
            .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
            .MinimumLevel.Override("System.Net.Http.HttpClient", LogEventLevel.Warning)
            .ReadFrom.Configuration(builder.Configuration)
            .Enrich.FromLogContext()
            .WriteTo.Console(new MaskingFormatter(new MessageTemplateTextFormatter(ConsoleLine, CultureInfo.InvariantCulture), secrets));

        if (settings.Directory.Length > 0)
        {
            logs.WriteTo.File(
                new MaskingFormatter(new MessageTemplateTextFormatter(Line, CultureInfo.InvariantCulture), secrets),
                Path.Combine(dataDirectory, settings.Directory, "homelab-.log"),
                rollingInterval: RollingInterval.Day,
                rollOnFileSizeLimit: true,
                fileSizeLimitBytes: Math.Max(settings.FileBytes, 1),
                retainedFileCountLimit: Math.Max(settings.KeepDays, 1));
        }

        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new SerilogLoggerProvider(logs.CreateLogger(), dispose: true));
        builder.Services.AddSingleton(secrets);
    }
}

/// <summary>Writes what another formatter writes, with the configured secrets replaced.</summary>
internal sealed class MaskingFormatter(ITextFormatter inner, Secrets secrets) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        inner.Format(logEvent, line);
        output.Write(secrets.Hide(line.ToString()));
    }
}
