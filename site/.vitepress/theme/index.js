import DefaultTheme from 'vitepress/theme'
import { defineAsyncComponent } from 'vue'
import './style.css'
import '../../.pages/pictures.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // Loaded by the one page that has it: the library and the sandbox are large.
    app.component(
      'Playground',
      defineAsyncComponent(() => import('../../play/Playground.vue')),
    )
  },
}
