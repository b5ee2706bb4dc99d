/* What the fake has in place of ESP-IDF's start-up code. */
void app_main(void);

int main(void) {
    app_main();
    return 0;
}
